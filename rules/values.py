"""Small values with a unit that settings use."""

from __future__ import annotations

from decimal import Decimal
from typing import NewType

Percent = NewType("Percent", Decimal)  # 10 means ten percent
