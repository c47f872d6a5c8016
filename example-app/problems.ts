import { STATUS_CODES } from 'node:http'
import type { Response } from 'express'

/** A refusal in the form that keystile's have: a problem of RFC 9457. */
export function sendProblem(res: Response, status: number, code: string, detail: string, field?: string): void {
  const problem = { title: STATUS_CODES[status], status, detail, code, ...(field !== undefined && { field }) }
  res.status(status).set('Cache-Control', 'no-store').type('application/problem+json').send(JSON.stringify(problem))
}
