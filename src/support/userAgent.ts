/** What web servers and trackers are told that asks them. */
export const USER_AGENT = 'Shoal/0.1.0'
