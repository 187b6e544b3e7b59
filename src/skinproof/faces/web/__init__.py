"""The live site and its API: the pages of `faces.site`, made when they are asked for, and every view as JSON and CSV."""
