"""A simulated Salesforce org: what its REST and Bulk APIs answer, kept to the rules and the words of the real one.

Org (org.py) is what a world holds: rows go in by hand or made on demand, people act through it, and its `app` is the door
for client libraries. Nothing here knows the product; the clock and the faults are handed in.
"""
