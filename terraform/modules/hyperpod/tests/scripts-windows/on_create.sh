#!/usr/bin/env bash
