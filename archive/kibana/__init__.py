"""Kibana's saved objects, made from the mappings: data views, a saved search and three dashboards.

`columns` holds what a chart counts, `charts` the charts, `objects` the saved objects; one module a dashboard
says what stands on it. `archive.elastic.kibana` puts it all into one text.

The forms are those of Kibana's own sample data (data view 7.11.0, search 7.9.3, dashboard 8.7.0), which every
Kibana 8.8 to 9.x brings up to date when it imports them.
"""
