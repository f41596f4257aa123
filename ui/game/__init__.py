"""The Game page: what did the actor mean?"""
