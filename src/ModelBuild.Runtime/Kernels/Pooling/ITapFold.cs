namespace ModelBuild.Runtime.Kernels;

/// <summary>How a pooling makes one number of the taps of a channel, which come row by row, from the left.</summary>
internal interface ITapFold
{
    /// <summary>What there is before the first tap.</summary>
    float Start { get; }

    /// <summary>What there is with one tap more.</summary>
    TLanes Add<TLanes>(TLanes total, TLanes tap)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>;

    /// <summary>The result.</summary>
    TLanes Finish<TLanes>(TLanes total)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>;
}
