"""The blueprint of what programs ask."""

from flask import Blueprint

bp = Blueprint("api", __name__)
