import { expect, test } from 'vitest'
import { linuxGateway, printedGateway } from './defaultGateway.js'

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n'

test('the router is read from the routes of Linux', () => {
  const lan = 'eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n'
  expect(linuxGateway(`${HEAD}${lan}eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n`)).toBe('192.168.1.1')
  expect(linuxGateway(`${HEAD}${lan}`)).toBeUndefined()
  expect(linuxGateway('')).toBeUndefined()
})

test('and from what other systems print', () => {
  expect(printedGateway('Routing tables\n\ndefault            10.0.0.138         UGScg  en0\n')).toBe(
    '10.0.0.138',
  )
  const windows = 'Active Routes:\n  0.0.0.0          0.0.0.0      192.168.178.1   192.168.178.20     25\n'
  expect(printedGateway(windows)).toBe('192.168.178.1')
  expect(printedGateway('default link#4 UCS en0')).toBeUndefined()
})
