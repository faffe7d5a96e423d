/** Whether a text is an address to send to: a user or password in it would be shown to whoever reads it. */
export function isWebhookUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}
