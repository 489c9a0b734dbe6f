/** A token that its own form gives away. */
export interface ProviderToken {
  readonly rule: string;
  readonly start: number;
  readonly value: string;
}

/** Forms that issuers publish, and that secretlint does not look for. */
const forms: Readonly<Record<string, RegExp>> = {
  // https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes
  'vault-token': /\bhv[sbr]\.[A-Za-z0-9_-]{24,300}/g,
  // https://huggingface.co/docs/hub/security-tokens
  'hugging-face-token': /\bhf_[A-Za-z0-9]{34,40}\b/g,
  // https://docs.gitlab.com/security/tokens/#token-prefixes
  'gitlab-token': /\b(?:gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-|GR1348941)[A-Za-z0-9_-]{20,1024}/g,
  // https://cloud.google.com/docs/authentication/api-keys
  'google-api-key': /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g,
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  'aws-access-key': /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g,
  // https://docs.stripe.com/keys
  'stripe-key': /\b[sr]k_live_[A-Za-z0-9]{24,247}\b/g,
};

/** Finds tokens by the prefixes of their issuers. */
export function* findProviderTokens(text: string): Generator<ProviderToken> {
  for (const [rule, form] of Object.entries(forms)) {
    for (const { index, 0: value } of text.matchAll(form)) {
      yield { rule, start: index, value };
    }
  }
}
