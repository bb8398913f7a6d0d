"""Simulated AWS: moto plus a capacity market, a clock and faults.

It plays AWS, so it shares no rule with the product.
"""
