using PgmCluster.Data;
using PgmCluster.Silo.Storage;

namespace PgmCluster.Silo.Tests.Storage;

public sealed class ArtifactOwnerTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Require_StoreWithoutTheMarkOfTheCluster_IsRefusedWithWhatToDo()
    {
        var store = Path.Combine(_home.Path, "artifacts");
        Refuse("mine", "no cluster has marked it");
        Assert.False(Directory.Exists(store));

        ArtifactOwner.Claim(store, "mine", "production", "'db' at server");

        ArtifactOwner.Require("Collecting in", store, "mine");
        Refuse("another", "another cluster ('production' with its state in 'db' at server)");
        Refuse(null, "Update the silos");

        void Refuse(string? id, string why)
        {
            var line = Assert.Throws<BadInputException>(() => ArtifactOwner.Require("Collecting in", store, id)).Message;
            Assert.StartsWith($"Collecting in {store}: ", line);
            Assert.Contains(why, line);
            Assert.DoesNotContain('\n', line);
        }
    }
}
