using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace PgmCluster.Dashboard.Access;

/// <summary>
/// Keys that protect what pages carry of their server's state, for as long as the process lives: none are written to the user's home.
/// </summary>
internal sealed class MemoryKeys : IXmlRepository
{
    private readonly Lock _lock = new();
    private readonly List<XElement> _elements = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_lock) return [.. _elements.Select(e => new XElement(e))];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_lock) _elements.Add(new XElement(element));
    }
}
