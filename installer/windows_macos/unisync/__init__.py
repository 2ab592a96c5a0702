"""What Briefcase starts: it wants a package of the app's own name."""
