"""The WSGI application; the network is loaded before the worker takes its first request."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")
application = get_wsgi_application()

from predictions.classifier import classifier  # noqa: E402 (needs the settings)

classifier()
