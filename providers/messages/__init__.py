"""What each vendor's messages look like and what its refusals mean: pure, one file a vendor."""
