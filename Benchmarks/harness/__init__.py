"""Installs the peers, drives the same workloads against every server, checks the answers, compares."""
