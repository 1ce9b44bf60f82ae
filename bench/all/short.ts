/** A short form of each bench, such that all together take a quarter of an hour on two cores: it shows that they run, and their ratios. */
export const SHORT: Readonly<Record<string, readonly string[]>> = {
  start: ['--runs', '2'],
  sheets: ['20000'],
  read: ['--rows', '50000', '--whole-workbook-rows', '5000'],
  report: ['--times', '1', '--runs', '1'],
  parquet: ['20000'],
  packing: ['--sessions', '100'],
  warehouse: ['--minutes', '20000'],
  'bucket-calls': [],
  'api-lease': ['--calls', '300', '--window-ms', '3000', '--apps', '1'],
  quota: ['--sessions', '180', '--window-calls', '30', '--stop-ms', '5000'],
  'exports-at-once': ['--exports', '40', '--window-ms', '6000'],
  pause: ['--times', '1'],
  bill: ['--meetings', '15', '--participants', '4', '--exports', '5', '--idle-seconds', '20'],
  chaos: ['--days', '2', '--kills', '3', '--meetings', '6'],
  outages: ['--outages', 'store', '--hold-seconds', '5', '--days', '2', '--meetings', '6'],
};
