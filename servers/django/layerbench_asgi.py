"""The application that bench starts under Daphne or Uvicorn: the protocol, and nothing else."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "layerbench_settings")
django.setup()

from layerbench_consumer import mount  # noqa: E402

application = mount()
