// Package register links the providers that the platform uses: Vault only.
package register

import (
	_ "github.com/external-secrets/external-secrets/pkg/provider/vault"
)
