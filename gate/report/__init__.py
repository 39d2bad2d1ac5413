"""Verdict -> report.html, verdict.json, junit.xml, terminal band and CI summary. Formats; decides nothing."""
