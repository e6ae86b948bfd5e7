[assembly: PgmCluster.Contracts.Callers.ClientContracts]
