// The unified diff of a ConfigMap key: what status.plan.diff shows before anything is touched.
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** '' when nothing changed. `name` is what both sides are called, for example kube-system/kube-proxy/config.conf. */
export function diffText(before: string, after: string, name: string): string {
  if (before === after) return '';
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
