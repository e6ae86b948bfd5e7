using System.Diagnostics.CodeAnalysis;
using PgmCluster.Grains.Scheduling.Rows;

namespace PgmCluster.Silo.Storage;

/// <summary>
/// Documents of the work that this process has queued, as many as there is room for: a device that is given one of them does not wait for
/// the database.
/// </summary>
/// <param name="room">Characters in all of them together; the oldest leave first.</param>
internal sealed class RecentDocuments(long room)
{
    /// <summary>Entries of what has gone that are not worth a look through all.</summary>
    private const int Spare = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Entry, long Generation, string Document)> _documents = [];
    private readonly Queue<(string WorkId, long Entry)> _inOrder = new();
    private long _entries;
    private long _characters;

    /// <summary>Entries of what is here and, up to a bound, of what has gone.</summary>
    public int Entries => _inOrder.Count;

    /// <summary>What was stored with a change.</summary>
    public void Take(SchedulerChange change)
    {
        lock (_gate)
        {
            foreach (var id in change.Work.Removed) Forget(id);
            foreach (var work in change.Work.Put)
            {
                Forget(work.WorkId);
                var document = change.Documents[work.WorkId];
                _documents[work.WorkId] = (++_entries, work.Generation, document);
                _inOrder.Enqueue((work.WorkId, _entries));
                _characters += document.Length;
            }
            while (_characters > room && _inOrder.TryDequeue(out var oldest))
            {
                if (IsKnown(oldest)) Forget(oldest.WorkId);
            }
            if (_inOrder.Count > 2 * _documents.Count + Spare) LeaveOutUnknown();
        }
    }

    /// <summary>The document of that generation, where it is still here.</summary>
    public bool TryFind(string workId, long generation, [NotNullWhen(true)] out string? document)
    {
        lock (_gate)
        {
            document = _documents.TryGetValue(workId, out var known) && known.Generation == generation ? known.Document : null;
            return document is not null;
        }
    }

    /// <summary>Behind one that stays for days thousands come and go.</summary>
    private void LeaveOutUnknown()
    {
        for (var entries = _inOrder.Count; entries > 0; entries--)
        {
            if (_inOrder.Dequeue() is var entry && IsKnown(entry)) _inOrder.Enqueue(entry);
        }
    }

    private bool IsKnown((string WorkId, long Entry) entry) =>
        _documents.TryGetValue(entry.WorkId, out var known) && known.Entry == entry.Entry;

    private void Forget(string workId)
    {
        if (_documents.Remove(workId, out var former)) _characters -= former.Document.Length;
    }
}
