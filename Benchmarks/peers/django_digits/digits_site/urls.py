"""Routes, without trailing slash as in the contract."""

from django.urls import path
from predictions import views

urlpatterns = [
    path("api/v1/health", views.health),
    path("api/v1/predict", views.predict),
    path("api/v1/metrics/overview", views.overview),
]
