module nivesh-secrets/tools/pause

go 1.26.0
