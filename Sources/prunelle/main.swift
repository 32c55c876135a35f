print("prunelle")
