"""The seeded channel programme: who its partners, customers, deals and submissions are, as pure plans by number.

A plan depends on the seed and its own number only, so any row of a million can be made on demand. Plans know no CRM;
salesforce_rows.py and hubspot_rows.py put what is on file into each CRM's words, salesforce_forms.py and hubspot_forms.py
what partners send in.
"""
