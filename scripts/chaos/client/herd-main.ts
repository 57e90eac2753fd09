/** The client process of a herd. */
import { Herd, type HerdStart } from './herd';
import { serve } from './serve';

let herd: Herd | undefined;

serve(async (op, body) => {
  if (op === 'start') {
    herd = new Herd(body as HerdStart);
    return herd.gather();
  }
  return op === 'status' ? herd?.status() : herd?.report();
});
