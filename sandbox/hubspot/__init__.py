"""The simulated HubSpot portal: a program that answers as HubSpot's CRM API does, awkward parts included.

`portal.Portal` is the door for people, workflows and tests; `Portal.app` is the same portal as a WSGI application for the
real client library. What it imitates, and how sure that is, stands in the documentation of HubSpot's API; where HubSpot
leaves a behaviour open the stricter reading is taken, so that a client which passes here need not rely on luck.
"""
