"""What is stored of a prediction."""

import secrets

from django.db import models


def new_identifier() -> str:
    return secrets.token_hex(12)


class Drawing(models.Model):
    id = models.CharField(primary_key=True, max_length=24, default=new_identifier)
    image_type = models.CharField(max_length=16, default="png_base64")
    image = models.TextField(null=True)
    pred_digit = models.IntegerField(null=True)
    proba = models.FloatField()
    latency_ms = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    model_id = models.JSONField(null=True)
    stub = models.BooleanField(default=False)
    ground_truth = models.IntegerField(null=True)
