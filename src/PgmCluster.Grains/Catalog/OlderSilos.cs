using System.Globalization;
using Orleans.Metadata;

namespace PgmCluster.Grains.Catalog;

/// <summary>Which versions of an interface the members of the cluster have.</summary>
internal static class OlderSilos
{
    /// <summary>Some member has an older version of the interface than this silo.</summary>
    public static bool HasOlderThanHere(this IClusterManifestProvider manifests, Type type, GrainInterfaceTypeResolver types)
    {
        var name = types.GetGrainInterfaceType(type);
        var here = Version(manifests.LocalGrainManifest, name);
        return manifests.Current.Silos.Values.Any(silo => silo.Interfaces.ContainsKey(name) && Version(silo, name) < here);
    }

    private static int Version(GrainManifest manifest, GrainInterfaceType name) =>
        manifest.Interfaces.TryGetValue(name, out var properties)
        && properties.Properties.TryGetValue(WellKnownGrainInterfaceProperties.Version, out var version)
            ? int.Parse(version, CultureInfo.InvariantCulture) : 0;
}
