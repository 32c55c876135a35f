"""Settings of a digits backend in production, as the Django and REST framework guides advise.

`DIGITS_MODEL` is the Keras `.h5` file, `DIGITS_CALL` the Keras method that is asked (`predict_on_batch` or
`predict`), `DIGITS_DATABASE` the SQLite file.
"""

import os

DEBUG = False
SECRET_KEY = os.environ["DIGITS_SECRET"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "digits_site.urls"
WSGI_APPLICATION = "digits_site.wsgi.application"
INSTALLED_APPS = ["rest_framework", "predictions"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["DIGITS_DATABASE"],
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            # Every row is on disk before its answer leaves, as in the other servers.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False
DIGITS_MODEL = os.environ["DIGITS_MODEL"]
DIGITS_CALL = os.environ["DIGITS_CALL"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
