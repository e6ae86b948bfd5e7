using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeRegistration(FakeCluster cluster, string id) : FakeJob(cluster, id, JobKind.Registration), IRegistrationJobGrain
{
    public Task<JobStatus> Start(RegistrationRequest request) => Begin(request);
}
