"""The browser: finding one, launching it, signed-in sessions, the page guard and page objects."""
