"""The app's repository, read through git: what the change is, what it declares, what it would bring along."""
