"""Who may open what: breadth over async HTTP with the sessions of the roles."""
