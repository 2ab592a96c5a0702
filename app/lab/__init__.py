"""The commands of research: ``unisync lab train | benchmark | corpus``. Not installed for users."""
