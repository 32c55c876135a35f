"""Gunicorn as usually run in production: a worker a core, a few threads each, model loaded in the worker."""

import os

bind = os.environ["DIGITS_BIND"]
workers = int(os.environ["DIGITS_WORKERS"])
worker_class = "gthread"
threads = 4
keepalive = 75
timeout = 120
preload_app = False  # TensorFlow does not survive a fork
accesslog = None
loglevel = "warning"
wsgi_app = "digits_site.wsgi:application"
