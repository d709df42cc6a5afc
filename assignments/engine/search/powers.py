"""Powers with fractions in decimal arithmetic: the mathematical libraries of machines differ in the last bit."""

from __future__ import annotations

from decimal import Decimal, localcontext


def power(number: float, numerator: int, denominator: int) -> float:
    """The number to the power of a fraction."""
    with localcontext() as context:
        context.prec = 30
        return float(Decimal(number) ** (Decimal(numerator) / Decimal(denominator)))
