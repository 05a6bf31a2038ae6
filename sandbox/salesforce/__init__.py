"""A simulated Salesforce org: what its REST and Bulk APIs answer, kept to the rules and the words of the real one.

Org (org.py) is what a world holds: rows go in by hand or made on demand, people act through it, and its `app` is the door
for client libraries. Nothing here knows the product; the clock and the faults are handed in.

Not played, because no client here asks for it: SOAP and the password flow, Bulk ingest, child subqueries and SOSL, record
types, sharing, assignment rules, lead conversion, approvals, `updated` and `deleted`, entity tags, change events.
"""
