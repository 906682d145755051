"""What a plan's tokens can buy at best, and when to stop."""
