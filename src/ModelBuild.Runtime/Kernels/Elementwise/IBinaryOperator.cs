namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of two numbers, written once for every width.</summary>
internal interface IBinaryOperator
{
    TLanes Invoke<TLanes>(TLanes left, TLanes right)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>;
}
