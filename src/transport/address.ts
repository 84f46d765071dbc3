/** Whether `host`, an IP address, is of this machine alone. */
export const isLoopback = (host: string): boolean => host === '::1' || /^127\.[0-9.]+$/.test(host)
