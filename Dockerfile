# syntax=docker/dockerfile:1
# Prunelle as an image: built with Swift's image for Debian 12, run on a slim Debian 12 without a compiler.
#
#   docker build -t prunelle .
#   docker build -t prunelle --build-arg TRAINER= .     without the trainer and libtorch, 440 MB smaller
#
# What the last stage holds is what `scripts/stage` puts into a folder, and can be tried there without a container.
ARG SWIFT_IMAGE=swift:6.3.1-bookworm
ARG RUNTIME_IMAGE=debian:12-slim

FROM ${SWIFT_IMAGE} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
ENV PIP_BREAK_SYSTEM_PACKAGES=1
# Libraries first: they change seldom, and this layer is then kept.
COPY scripts/bootstrap scripts/frameworks.txt scripts/
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-pip unzip \
    && scripts/bootstrap \
    && rm -rf /var/lib/apt/lists/* .deps/downloads
COPY . .
RUN swift build -c release --product prunelle && swift build -c release --product prunelle-trainer
ARG TRAINER=--with-trainer
# hadolint ignore=SC2086
RUN scripts/stage /opt/prunelle ${TRAINER}

FROM ${RUNTIME_IMAGE} AS prunelle
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates libstdc++6 libmicrohttpd12 libsqlite3-0 libsodium23 libzip4 libdeflate0 libturbojpeg0 \
        libwebp7 libwebpdemux2 libbz2-1.0 liblzma5 liblz4-1 zlib1g libhiredis0.14 libpq5 libcurl4 \
        libmongoc-1.0-0 libbson-1.0-0 libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 prunelle \
    && useradd --system --uid 10001 --gid prunelle --home-dir /data --shell /usr/sbin/nologin prunelle \
    && install -d -o prunelle -g prunelle -m 750 /data
COPY --from=build /opt/prunelle /opt/prunelle
RUN echo /opt/prunelle/lib > /etc/ld.so.conf.d/prunelle.conf && ldconfig \
    && ln -s /opt/prunelle/bin/prunelle /usr/local/bin/prunelle \
    && /opt/prunelle/bin/prunelle version
ENV PRUNELLE_HOST=0.0.0.0 PRUNELLE_PORT=8000 PRUNELLE_DATA=/data PRUNELLE_LOG_FORMAT=json MONGOC_DISABLE_SHM=1
# prunelle, by its number, so that a host can tell that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Requests in flight are finished: give it longer than PRUNELLE_HTTP_DRAIN (20 s) before it is killed.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["prunelle", "healthcheck"]
ENTRYPOINT ["prunelle"]
CMD ["serve"]
