"""SOQL: tokens, then a tree, then fields and types checked against the schema, then a predicate over rows.

It takes what a careful client sends and refuses everything else in Salesforce's own words. Source: SOQL reference.
"""
