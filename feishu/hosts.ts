/** Whose a host is. */

export const isLark = (url: string): boolean => /(^|\.)larksuite\.com$/.test(new URL(url).hostname);
export const isFeishu = (url: string): boolean => /(^|\.)(feishu\.cn|larkoffice\.com)$/.test(new URL(url).hostname);
