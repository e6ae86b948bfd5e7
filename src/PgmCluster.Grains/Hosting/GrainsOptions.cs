namespace PgmCluster.Grains.Hosting;

/// <summary>What a silo must know to host the grains.</summary>
public sealed class GrainsOptions
{
    /// <summary>"auto" (every GPU, else one CPU device), "none", or a list such as "cpu:0,cpu:1".</summary>
    public string Devices { get; set; } = "auto";

    /// <summary>Directory of the artifact store; all silos must see the same one.</summary>
    public required string ArtifactsDirectory { get; set; }
}
