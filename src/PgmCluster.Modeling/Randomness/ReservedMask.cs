using static TorchSharp.torch;

namespace PgmCluster.Modeling.Randomness;

/// <summary>
/// A dropout mask whose numbers are set aside in a stream (<see cref="RandomStream.ReserveMask"/>): a part of it is drawn when it is
/// needed, and again going backward, so that the whole need not exist.
/// </summary>
public sealed class ReservedMask
{
    private readonly Func<Device, long, long[], Tensor> _part;

    internal ReservedMask(Func<Device, long, long[], Tensor> part) => _part = part;

    /// <param name="device">Where it is made.</param>
    /// <param name="first">Its first element, as a number in the whole mask.</param>
    /// <param name="shape">The elements from there on.</param>
    /// <returns>F32: the bits that this part of the whole has.</returns>
    public Tensor Part(Device device, long first, params long[] shape) => _part(device, first, shape);
}
