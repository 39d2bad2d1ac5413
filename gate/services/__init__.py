"""The world outside: each module talks to one service, returns plain facts and asserts nothing."""
