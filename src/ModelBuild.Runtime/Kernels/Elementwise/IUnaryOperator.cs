namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of one number, written once for every width.</summary>
internal interface IUnaryOperator
{
    TLanes Invoke<TLanes>(TLanes value)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>;
}
