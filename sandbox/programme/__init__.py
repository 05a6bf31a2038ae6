"""The seeded channel programme: who its partners, customers, deals and submissions are, as pure plans by number.

A plan depends on the seed and its own number only, so any row of a million can be made on demand. Plans know no CRM;
salesforce_rows.py and hubspot_rows.py put them into each CRM's words, and tell.py plays the submissions' stories through the CRMs.
"""
