/** The same from CommonJS, where Node's require() takes the package too. */
import express = require('express')
import keystile = require('keystile')

const app = express()
app.use(keystile.apiKeyAuth({ keys: keystile.createApiKeys({ url: 'file:./keystile.db' }) }))
app.get('/reports', keystile.requireScopes('reports:read'), (req, res) => {
  const name: string | undefined = req.apiKey?.name
  res.json({ name, owner: keystile.getApiKey(req).owner.id })
})

// @ts-expect-error a misspelt option
keystile.createApiKeys({ urll: 'file:./keystile.db' })
